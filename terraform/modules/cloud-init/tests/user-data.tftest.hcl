variables {
  site         = "fra"
  coordinators = ["10.1.0.2"]
  hosts        = { fra-r1 = { address = "10.1.0.11", roles = ["realserver"] } }
  downloads    = { amd64 = { url = "https://files.example/causeway", sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" } }
}

run "a_host_of_an_architecture_that_has_no_download" {
  command = plan
  variables { hosts = { fra-r1 = { address = "10.1.0.11", roles = ["realserver"], architecture = "arm64" } } }
  expect_failures = [output.cloud_config]
}

run "a_checksum_that_is_none" {
  command = plan
  variables { downloads = { amd64 = { url = "https://files.example/causeway", sha256 = "latest" } } }
  expect_failures = [var.downloads]
}

run "more_than_clouds_take" {
  command = plan
  variables { bundle_commands = [join("\n", [for n in range(1000) : sha256(n)])] }
  expect_failures = [output.cloud_config]
}
