"""Places: which names are places, where they lie (`locating.locate`), and where an event took place (`places`)."""
