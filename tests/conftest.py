"""What every test may count on."""

import signal

# A run that was started in the background hands down an ignored Ctrl-C, which the tests of Ctrl-C need.
signal.signal(signal.SIGINT, signal.default_int_handler)
