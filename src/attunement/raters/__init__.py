"""Language models as raters of the alliance: what they are asked, and what they answered."""
