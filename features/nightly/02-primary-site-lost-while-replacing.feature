@dr @site
Feature: The primary site is lost while instances are being replaced
  Half of the instances already run the new release when the whole primary site
  goes dark. The recovery site never saw that release: it must take over with the
  one it has, and every order that a customer was promised must be there.

  Background:
    Given the platform "orders"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And the critical functions are:
      | function | RTO        | RPO  | MTPD       |
      | Orders   | 30 seconds | none | 10 minutes |
    And release "1.4.0" is live on both sites
    And the load is 100 operations per second
    And the failover decision belongs to the "crisis director", deputy "N2 on-call", who decides in 3 seconds

  Scenario: The primary site is lost half-way, the recovery site takes over
    When deployment of release "1.5.0" starts
    And the primary site is lost after instance 1 of 2 of service "orders" is replaced
    And we fail over to the recovery site following runbook "PRA-07"
    And we keep the load on for 5 seconds
    Then function "Orders" is restored within 30 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
    And only one site is active at any time
    And 95% of responses arrive within 800 ms after recovery
    And the recovery site serves clients at the end of the exercise
    And release "1.4.0" is live on the recovery site
