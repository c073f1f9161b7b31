"""The routes of ``/api/v1``, one file an idea."""

from nijigen.serve.api import collections, drawing, generate, health, models

ROUTERS = (health.router, models.router, generate.router, drawing.router, collections.router)

__all__ = ["ROUTERS"]
