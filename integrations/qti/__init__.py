"""1EdTech QTI: assessment items of versions 2.1, 2.2 and 3.0."""
