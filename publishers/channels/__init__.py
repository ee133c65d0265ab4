"""Push: networks and lists. One file here is one kind of channel."""
