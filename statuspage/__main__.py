"""`python -m statuspage` is `avviso`."""

from statuspage.cli import main

main()
