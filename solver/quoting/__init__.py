"""From a contract to the options that its customer can choose from, on the plan in force."""
