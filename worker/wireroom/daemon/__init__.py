"""The daemon: Celery workers, the scheduler, the web, and the supervisor that keeps them."""
