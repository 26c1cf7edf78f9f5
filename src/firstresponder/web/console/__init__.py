"""The console: pages made on the server for the person who was woken at 3 a.m."""
