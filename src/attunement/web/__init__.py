"""The service: accounts, storage, the live API and the dashboard, on one's own machine or server.

Everything here needs the extra `web`; nothing outside imports it but the command line.
"""
