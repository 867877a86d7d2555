output "cloud_config" {
  description = "By host: its user data, a cloud-config. No secret is in it."
  value       = local.texts

  precondition {
    condition     = alltrue([for host in var.hosts : contains(keys(var.downloads), host.architecture)])
    error_message = "downloads: nothing for ${join(", ", setsubtract([for host in var.hosts : host.architecture], keys(var.downloads)))}, which a host has."
  }
  precondition {
    condition     = alltrue([for text in local.texts : length(text) <= 16384])
    error_message = "cloud_config: more than 16384 bytes, which clouds do not take, for ${join(", ", [for name, text in local.texts : name if length(text) > 16384])}."
  }
}
