"""Pull: files that people and programs fetch. One file here is one kind of document."""
