@ha @patroni
Feature: The primary database is cut off from everybody
  The database in Paris lives, and nobody reaches it: neither Patroni's lock, nor its
  standby, nor clients. It must step down by itself before Lyon takes over; with
  synchronous replication nothing that was acknowledged may be lost.

  Background:
    Given the platform "patroni"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites

  Scenario: Every link of the database in Paris is cut
    When all links of service "db" at site "Paris" are cut
    Then function "Orders" is restored within 45 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
    And only one site is active at any time
