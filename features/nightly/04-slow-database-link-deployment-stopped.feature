@dr @network
Feature: The database link turns slow during the deployment
  Nothing is down, everything is late. That is when deployments go on for too long:
  the release manager has to see it, say stop, and have the previous release put back.

  Background:
    Given the platform "orders"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites
    And the load is 50 operations per second
    And the stop decision belongs to the "release manager", deputy "N2 on-call", who decides in 3 seconds

  Scenario: The release manager has the deployment stopped and rolled back
    When deployment of release "1.5.0" starts
    And the link between "orders" and "db" turns slow: 200 ms ± 50 ms while instances are being replaced
    And the "release manager" has the deployment stopped
    And we roll back to release "1.4.0"
    And the fault is repaired
    And we keep the load on for 5 seconds
    Then the "release manager" orders the deployment stopped within 30 seconds
    And nobody needs to fail over
    And release "1.4.0" is live at the end of the exercise
    And no acknowledged operation is lost
    And no operation is applied twice
    And the primary site serves clients at the end of the exercise
