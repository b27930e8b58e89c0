@ha @patroni
Feature: The primary site is cut off from the others, and replication is asynchronous
  The database in Paris goes on acknowledging until it notices that it no longer holds
  the lock. Nothing of that ever reached Lyon: it is lost, as Patroni's manual says of
  asynchronous replication. The exercise measures how much.

  Background:
    Given the platform "patroni" in its "async" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites

  Scenario: Paris is cut off from the other sites for thirty-five seconds
    When the primary site is cut off from the other sites for 35 seconds
    And the load continues for 45 seconds
    Then function "Orders" is restored within 50 seconds
    And measured data loss does not exceed 15 seconds
    And no operation is applied twice
    And only one site is active at any time
