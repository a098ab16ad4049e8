"""The seam to the network: one `httpx.AsyncBaseTransport` per HTTP library that can be trusted.

May import `remote.urls`. Must know nothing of endpoints, tokens or rows.
"""
