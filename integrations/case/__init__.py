"""Reading frameworks of standards as 1EdTech CASE packages."""
