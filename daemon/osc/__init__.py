"""OSC in and out: the only package that touches pythonosc."""
