"""One module per subcommand; each imports what it needs when it is called."""
