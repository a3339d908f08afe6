"""HTTP and websockets: the stage page and OSCQuery. The only package that touches aiohttp."""
