@zoo
Feature: The ledger acknowledges before it is durable
  An order that was only in memory when its ledger died is gone, although the
  client was told that it was kept.

  Background:
    Given the platform "zoo" in its "acks-before-durable" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The primary ledger crashes and starts again
    When service "ledger" at site "Paris" fails for 2 seconds
    And we keep the load on for 3 seconds
    Then function "Orders" is restored within 10 seconds
    And no acknowledged operation is lost
