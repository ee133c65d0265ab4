"""Lighthouse on the pages that citizens open first; needs Chromium, and `npm ci` in this folder."""
