@zoo
Feature: A runbook step that says success and did nothing
  Every step of the runbook reports that it is done. Lyon is still on standby.

  Background:
    Given the platform "zoo" in its "runbook-step-does-nothing" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The primary site is lost, the runbook has no final check
    When the primary site is lost
    And we fail over to the recovery site following runbook "PRA-02"
    And we keep the load on for 3 seconds
    Then function "Orders" is restored within 10 seconds
