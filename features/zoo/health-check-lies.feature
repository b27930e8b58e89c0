@zoo
Feature: A health check that lies
  The recovery site says that it is well, every day. It has no room for an order of
  a client, which nobody asks it to take before the disaster.

  Background:
    Given the platform "zoo" in its "health-check-lies" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The primary site is lost
    When the primary site is lost
    And we fail over to the recovery site following runbook "PRA-01"
    And we keep the load on for 3 seconds
    Then function "Orders" is restored within 10 seconds
    And no acknowledged operation is lost
