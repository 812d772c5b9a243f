"""What behaviours look at: events of a day added up in Arrow tables of bounded size."""
