// A form that is there to be sent on at once; its button is for browsers without scripts.
document.getElementById("answer").submit();
