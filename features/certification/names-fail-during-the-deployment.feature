@dr @certification @network
Feature: Names fail while the release is being deployed
  New instances look up the names of what they need when they start. A resolver that is
  late, or fails for a moment, just then must not make the deployment fail. Orders may be
  turned away while the database cannot be found; the service then comes back by itself.

  Background:
    Given the platform "orders"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites
    And the load is 50 operations per second

  Scenario: The resolver is slow, then fails, while instances are being replaced
    When deployment of release "1.5.0" starts
    And name resolution takes 1 second at the primary site for 6 seconds before instances are replaced
    And resolution of name "db" fails for service "orders" for 3 seconds after instance 1 of 2 of service "orders" is replaced
    And the deployment ends
    And we keep the load on for 3 seconds
    Then deployment of release "1.5.0" completes
    And function "Orders" is restored within 10 seconds
    And availability of "Orders" stays at least 90% during the exercise
    And nobody needs to fail over
    And no acknowledged operation is lost
    And no operation is applied twice
    And the primary site serves clients at the end of the exercise
