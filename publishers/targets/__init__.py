"""Where documents are put. One file here is one kind of target."""
