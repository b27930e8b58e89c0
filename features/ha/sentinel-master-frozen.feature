@ha @sentinel
Feature: The master freezes, then wakes up
  The master in Paris no longer answers, and its connections stay open. The sentinels
  promote Lyon. When Paris wakes up it must become a replica, and what it had taken
  since is thrown away: its manual says so.

  Background:
    Given the platform "sentinel"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites

  Scenario: The master freezes for twenty seconds
    When service "redis-paris" freezes
    And the load continues for 20 seconds
    And the fault is repaired
    And the load continues for 10 seconds
    Then function "Orders" is restored within 40 seconds
    And measured data loss does not exceed 2 seconds
    And no operation is applied twice
