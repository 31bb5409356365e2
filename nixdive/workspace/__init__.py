"""What a person works on, without a screen: a subject, its earlier versions, requests, plans and prices."""
