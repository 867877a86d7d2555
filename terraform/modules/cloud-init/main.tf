# What a machine of a cloud makes of itself at its first boot: the executable, its units, its configuration. No secret is in it.
locals {
  deploy  = abspath("${path.module}/../../../deploy")
  modules = { coordinator = [], director = ["ip_vs", "nf_tables"], realserver = ["ipip", "ip_gre", "fou", "nf_tables"] }
  units = {
    for role in keys(local.modules) : role => {
      for unit in fileset("${local.deploy}/systemd", "causeway-${role}.*") : "/lib/systemd/system/${unit}" => file("${local.deploy}/systemd/${unit}")
    }
  }
  files = {
    for name, host in var.hosts : name => merge(
      { for role, text in module.configuration.files[name] : "/etc/causeway/${role}.yaml" => text },
      merge([for role in host.roles : local.units[role]]...),
      { for role in host.roles : "/usr/lib/modules-load.d/causeway-${role}.conf" => "${join("\n", local.modules[role])}\n" if length(local.modules[role]) > 0 },
      { for role in host.roles : "/usr/lib/sysusers.d/causeway-coordinator.conf" => file("${local.deploy}/packages/sysusers.conf") if role == "coordinator" },
      { for path in ["/usr/local/sbin/causeway-fetch-bundle"] : path => join("\n", concat(
        ["#!/bin/sh", "set -eu; umask 077", "export HOST='${name}'", "cd /etc/causeway"], var.bundle_commands, [""],
      )) if length(var.bundle_commands) > 0 },
      { "/usr/local/sbin/causeway-first-boot" = local.first_boot[name] },
    )
  }

  # Again and again until it has worked, by a unit of its own: the network, or the place of the bundle, may be late.
  first_boot = {
    for name, host in var.hosts : name => templatefile("${path.module}/first-boot.sh.tftpl", {
      url     = try(var.downloads[host.architecture].url, "")
      sha256  = try(var.downloads[host.architecture].sha256, "")
      roles   = sort(tolist(host.roles))
      needed  = module.configuration.bundle_files[name]
      fetches = length(var.bundle_commands) > 0
    })
  }
  first_boot_unit = <<-EOT
    # Causeway's programs come onto this machine; tried again until they run.
    [Unit]
    Description=Causeway, first boot
    Wants=network-online.target
    After=network-online.target
    StartLimitIntervalSec=0
    [Service]
    Type=oneshot
    ExecStart=/bin/sh /usr/local/sbin/causeway-first-boot
    Restart=on-failure
    RestartSec=15
    [Install]
    WantedBy=multi-user.target
  EOT

  texts = {
    for name, host in var.hosts : name => "#cloud-config\n${yamlencode({
      packages       = concat(["ca-certificates", "curl"], length(setsubtract(host.roles, ["coordinator"])) == 0 ? [] : ["kmod", "nftables"])
      package_update = true
      # Large texts are compressed: clouds take 16 KB.
      write_files = concat(
        [for path, text in local.files[name] : {
          path        = path
          encoding    = "gz+b64"
          content     = base64gzip(text)
          permissions = startswith(path, "/usr/local/sbin/") ? "0755" : "0644"
        }],
        [{ path = "/etc/systemd/system/causeway-first-boot.service", encoding = "gz+b64", content = base64gzip(local.first_boot_unit), permissions = "0644" }],
      )
      runcmd = [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", "causeway-first-boot.service"]]
    })}"
  }
}

module "configuration" {
  source       = "../configuration"
  site         = var.site
  coordinators = var.coordinators
  hosts        = var.hosts
  insecure     = var.insecure
  http_allow   = var.http_allow
  log_level    = var.log_level
  etcd         = var.etcd
  etcd_ca      = var.etcd_ca
  etcd_cert    = var.etcd_cert
  etcd_key     = var.etcd_key
}
