variables {
  site         = "fra"
  coordinators = ["10.1.0.2"]
  hosts        = { fra-d1 = { address = "10.1.0.2", roles = ["coordinator", "director"] } }
}

run "each_role_has_its_file" {
  command = plan
  assert {
    condition     = keys(output.files["fra-d1"]) == ["coordinator", "director"]
    error_message = "found ${join(", ", keys(output.files["fra-d1"]))}"
  }
  assert {
    condition     = join(" ", output.bundle_files["fra-d1"]) == "ca.pem coordinator.pem coordinator.key director.pem director.key denied"
    error_message = "found ${join(", ", output.bundle_files["fra-d1"])}"
  }
}

run "no_bundle_without_certificates" {
  command = plan
  variables { insecure = true }
  assert {
    condition     = length(output.bundle_files["fra-d1"]) == 0
    error_message = "found ${join(", ", output.bundle_files["fra-d1"])}"
  }
}

run "an_unknown_role" {
  command = plan
  variables { hosts = { fra-d1 = { address = "10.1.0.2", roles = ["directr"] } } }
  expect_failures = [var.hosts]
}

run "a_name_that_is_none" {
  command = plan
  variables { hosts = { "fra d1; reboot" = { address = "10.1.0.2", roles = ["director"] } } }
  expect_failures = [var.hosts]
}

run "an_address_of_two" {
  command = plan
  variables {
    hosts = { a = { address = "10.1.0.2", roles = ["director"] }, b = { address = "10.1.0.2", roles = ["realserver"] } }
  }
  expect_failures = [var.hosts]
}

run "an_issuer_without_a_coordinator" {
  command = plan
  variables { hosts = { a = { address = "10.1.0.2", roles = ["director"], issuer = true } } }
  expect_failures = [var.hosts]
}
