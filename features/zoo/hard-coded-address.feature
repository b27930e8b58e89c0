@zoo
Feature: A hard-coded address
  The recovery site's front goes to an address that somebody wrote down years ago.

  Background:
    Given the platform "zoo" in its "hard-coded-address" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The primary site is lost
    When the primary site is lost
    And we fail over to the recovery site following runbook "PRA-01"
    And we keep the load on for 3 seconds
    Then function "Orders" is restored within 10 seconds
    And no acknowledged operation is lost
