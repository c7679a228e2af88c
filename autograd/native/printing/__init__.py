"""The table in C: functions translated from their source, rules of any number of inputs read off their records."""
