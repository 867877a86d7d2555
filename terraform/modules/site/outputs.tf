output "hosts" {
  description = "By host: its roles and the release that runs there. Known when all hosts are well."
  value       = { for name, host in var.hosts : name => { roles = host.roles, release = var.release } }
  depends_on  = [module.directors]
}
