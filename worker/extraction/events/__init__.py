"""Events: who did what to whom, and whether it happened. The way in: `events.code`; for a given pair `pairs.code`."""
