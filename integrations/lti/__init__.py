"""LTI 1.3 and its services over pylti1p3, with what that library leaves to its users."""
