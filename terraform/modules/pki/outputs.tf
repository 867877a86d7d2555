output "bundles" {
  description = "The folder with a folder for each host (and admin-NAME for each admin): what the module site takes as `bundles`. Known when they are made."
  value       = terraform_data.bundles.output
}
