"""The routes of ``/api/v1``, one file an idea."""

from nijigen.serve.api import collections, drawing, editing, generate, health, models, morphing, photos, recreating

ROUTERS = tuple(
    module.router for module in (health, models, generate, editing, morphing, photos, recreating, collections, drawing)
)

__all__ = ["ROUTERS"]
