"""How it gets out: the network and the file system. No database, no Flask."""
