"""From effects to money: who pays, who gains, and what remains after the subsidy."""
