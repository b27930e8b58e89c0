@zoo
Feature: The former primary answers stale reads
  Paris comes back after the failover with the orders that it had. Customers who are
  sent there do not find what they have just ordered.

  Background:
    Given the platform "zoo" in its "stale-reads" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: Paris comes back on the network after the failover
    When service "ledger" at site "Paris" fails
    And we fail over to the recovery site following runbook "PRA-01"
    And we keep the load on for 3 seconds
    And the fault is repaired
    And we apply runbook "PRA-09"
    And we keep the load on for 4 seconds
    Then function "Orders" is restored within 12 seconds
    And no acknowledged operation is lost
    And only one site is active at any time
