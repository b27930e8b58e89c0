Feature: Every fault of processes, resources, secrets and sites, one after the other

  Scenario: Each fault of a process or of its resources bites and is repaired
    Given the platform "catalogue"
    And release "1.0.0" is live on both sites
    And the load is 50 operations per second
    When service "vault" at site "Paris" fails
    And the fault is repaired
    And one of the 2 instances of service "web" at site "Paris" fails
    And the fault is repaired
    And service "vault" at site "Paris" restarts abruptly
    And the fault is repaired
    And service "vault" at site "Paris" fails at each restart, every 2 seconds
    And we keep the load on for 3 seconds
    And the fault is repaired
    And the primary database freezes
    And the fault is repaired
    And the host of instance 1 of service "web" at site "Paris" is lost
    And the fault is repaired
    And the primary database is left with only 3% of a processor
    And the fault is repaired
    And instance 2 of service "web" at site "Paris" runs out of memory
    And the fault is repaired
    And instance 1 of service "web" at site "Paris" has no file descriptors left
    And the fault is repaired
    And the primary database has no connection left
    And the fault is repaired
    And the disk of the primary database is slow: 20 ms
    And the fault is repaired
    And the disk of the primary database turns read-only
    And the fault is repaired
    And we keep the load on for 3 seconds
    And the disk of the primary database is full
    And the fault is repaired
    And we keep the load on for 3 seconds
    And service "web" at site "Paris" ignores the request to stop
    And deployment of release "1.1.0" starts
    And the deployment ends
    And the fault is repaired
    And we keep the load on for 5 seconds
    Then no acknowledged operation is lost
    And only one site is active at any time

  Scenario: Each fault of time, secrets and sites bites and is repaired
    Given the platform "catalogue"
    And release "1.0.0" is live on both sites
    And the load is 50 operations per second
    When the clock of the primary database is 10 minutes behind
    And the fault is repaired
    And certificate "vault" has expired
    And the fault is repaired
    And the password of the primary database is revoked
    And the fault is repaired
    And secret "api-key" is missing from service "vault"
    And the fault is repaired
    And the recovery site is isolated for 1 second
    And the primary site is isolated from the rest
    And the fault is repaired
    And the primary site is lost
    And the fault is repaired
    And both sites are lost
    And the fault is repaired
    And we keep the load on for 5 seconds
    Then no acknowledged operation is lost
    And only one site is active at any time
