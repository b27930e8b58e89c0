@zoo
Feature: A recovery that flaps
  The service is back, and gone again a second later, and back. Whoever looks once
  sees it up.

  Background:
    Given the platform "zoo" in its "recovery-flaps" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The primary site is lost
    When the primary site is lost
    And we fail over to the recovery site following runbook "PRA-02"
    And we keep the load on for 5 seconds
    Then function "Orders" is restored within 8 seconds
    And no acknowledged operation is lost
