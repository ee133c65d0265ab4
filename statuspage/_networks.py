"""What readers call the networks that are kinds of channels."""

from __future__ import annotations

NETWORKS = {
    "x": "X",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "slack": "Slack",
    "discord": "Discord",
    "teams": "Microsoft Teams",
    "google_chat": "Google Chat",
    "telegram": "Telegram",
    "matrix": "Matrix",
    "apprise": "Apprise",
}
"""What readers call the networks that are kinds."""
