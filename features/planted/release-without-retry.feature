@planted
Feature: A release that cannot bear a loss, found by stopping each service in turn
  Release 2.0.0 connects to the exchange rates once and never again. Nothing of it shows
  until that service is restarted.

  Scenario: Each service of the primary site is stopped under load
    Given the platform "pricing"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "2.0.0" is live on both sites
    When each service of the primary site is stopped in turn for 3 seconds each
    Then every critical function comes back by itself after each fault
