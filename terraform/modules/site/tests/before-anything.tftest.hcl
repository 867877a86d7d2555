# What is refused before any host is asked.
variables {
  site                 = "fra"
  coordinators         = ["10.1.0.2"]
  hosts                = { fra-r1 = { address = "10.1.0.11", roles = ["realserver"] } }
  release              = "0.1.0"
  dist                 = "tests/built"
  install              = "executable"
  insecure             = true
  ssh_believe_any_host = true
}

run "a_plan" {
  command = plan
}

run "a_release_that_is_not_there" {
  command = plan
  variables { release = "9.9.9" }
  expect_failures = [terraform_data.prepared]
}

run "packages_that_are_not_there" {
  command = plan
  variables { install = "packages" }
  expect_failures = [terraform_data.prepared]
}

run "an_architecture_that_is_not_there" {
  command = plan
  variables { hosts = { fra-r1 = { address = "10.1.0.11", roles = ["realserver"], architecture = "arm64" } } }
  expect_failures = [terraform_data.prepared]
}

run "a_bundle_that_is_not_there" {
  command = plan
  variables {
    insecure = false
    bundles  = "tests"
  }
  expect_failures = [terraform_data.prepared]
}

run "no_bundles_at_all" {
  command = plan
  variables { insecure = false }
  expect_failures = [terraform_data.prepared]
}

run "a_host_of_which_nobody_knows_the_key" {
  command = plan
  variables { ssh_believe_any_host = false }
  expect_failures = [terraform_data.prepared]
}

run "a_host_whose_key_is_blank" {
  command = plan
  variables {
    ssh_believe_any_host = false
    hosts                = { fra-r1 = { address = "10.1.0.11", roles = ["realserver"], host_key = " \n" } }
  }
  expect_failures = [terraform_data.prepared]
}
