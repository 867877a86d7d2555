# The hosts of one site, over SSH. First every host is looked at and given what it needs, in a folder aside; when all have it, one host
# after the other takes it over: coordinators, then real servers, then directors.
locals {
  units   = abspath("${path.module}/../../../deploy/systemd")
  sysuser = abspath("${path.module}/../../../deploy/packages/sysusers.conf")
  modules = { coordinator = [], director = ["ip_vs", "nf_tables"], realserver = ["ipip", "ip_gre", "fou", "nf_tables"] }

  connections = {
    for name, host in var.hosts : name => {
      host     = coalesce(host.ssh_host, host.address)
      port     = var.ssh_port
      user     = var.ssh_user
      key_file = var.ssh_private_key_file
      # Terraform writes what it is given here behind "@cert-authority HOST " into a file of known hosts: so each further key is a line of its own.
      host_key = host.host_key == null ? null : join("\n@cert-authority ${coalesce(host.ssh_host, host.address)} ", [
        for line in split("\n", host.host_key) : trimspace(line) if trimspace(line) != ""
      ])
      bastion = var.ssh_bastion_host
      timeout = var.ssh_timeout_seconds
      # A removal needs them after they are gone from the configuration.
      seconds = var.host_timeout_seconds
      script  = "${path.module}/host.sh"
      install = var.install
    }
  }

  # The one large file of each architecture.
  programs = {
    for architecture in toset([for host in var.hosts : host.architecture]) : architecture => (
      var.install == "packages"
      ? "${var.dist}/deb/causeway_${var.release}_${architecture}.deb"
      : "${var.dist}/bin/causeway-${var.release}-linux-${architecture == "amd64" ? "x64" : architecture}"
    )
  }
  available = distinct(concat(
    [for file in try(fileset(var.dist, "deb/causeway_*_*.deb"), []) : split("_", file)[1]],
    [for file in try(fileset(var.dist, "bin/causeway-*-linux-*"), []) : regex("causeway-(.*)-linux-", file)[0]],
  ))
  program_hashes = { for architecture, file in local.programs : architecture => fileexists(file) ? filesha256(file) : "" }

  # What makes a service of a program, by the place where it belongs below the host's root (executable) or below packages/.
  service_files = {
    for role in ["coordinator", "director", "realserver"] : role => {
      packages = { for file in ["causeway-${role}_${var.release}_all.deb"] : "packages/${file}" => try(filebase64("${var.dist}/deb/${file}"), "") }
      executable = merge(
        { for unit in fileset(local.units, "causeway-${role}.*") : "root/lib/systemd/system/${unit}" => filebase64("${local.units}/${unit}") },
        { for modules in [local.modules[role]] : "root/usr/lib/modules-load.d/causeway-${role}.conf" => base64encode("${join("\n", modules)}\n") if length(modules) > 0 },
        { for file in [local.sysuser] : "root/usr/lib/sysusers.d/causeway-coordinator.conf" => filebase64(file) if role == "coordinator" },
      )
    }[var.install]
  }
  files = {
    for name, host in var.hosts : name => merge(
      { for role, text in module.configuration.files[name] : "configuration/${role}.yaml" => base64encode(text) },
      [for role in host.roles : local.service_files[role]]...
    )
  }
  # A shell program that writes them where it is run. Nothing in it is secret: keys go by themselves.
  unpack = {
    for name, files in local.files : name => join("", concat(
      ["set -eu\n"],
      [for path, base64 in files : "mkdir -p '${dirname(path)}'\nbase64 -d > '${path}' <<'END'\n${base64}\nEND\n"],
    ))
  }

  bundles = var.bundles == null ? "(bundles is null)" : var.bundles
  # Certificates, by which a change of a bundle is seen: public. Keys are never read here.
  certificates = {
    for name, host in var.hosts : name => {
      for file in module.configuration.bundle_files[name] : file => (
        endswith(file, ".key") || file == "issuer.pem" ? "present" : filesha256("${local.bundles}/${name}/${file}")
      ) if fileexists("${local.bundles}/${name}/${file}")
    }
  }
  # Where everybody is believed, there is nothing to bring.
  bundle_folders = { for name, host in var.hosts : name => var.insecure ? "${path.module}/role" : "${local.bundles}/${name}" }

  # Where the host itself asks whether a program is well.
  health = {
    for name, host in var.hosts : name => coalesce(host.http_address, "127.0.0.1")
  }

  coordinators = { for name, host in var.hosts : name => host if contains(host.roles, "coordinator") }
  real_servers = { for name, host in var.hosts : name => host if contains(host.roles, "realserver") && !contains(host.roles, "coordinator") }
  directors    = { for name, host in var.hosts : name => host if host.roles == toset(["director"]) }
}

module "configuration" {
  source       = "../configuration"
  site         = var.site
  coordinators = var.coordinators
  # What only SSH needs to know is no matter of configuration, and left out with it.
  hosts      = var.hosts
  insecure   = var.insecure
  http_allow = var.http_allow
  log_level  = var.log_level
  etcd       = var.etcd
  etcd_ca    = var.etcd_ca
  etcd_cert  = var.etcd_cert
  etcd_key   = var.etcd_key
}

# Every host, before anything is changed on any: reached, fit for its roles, and with all files in a folder aside.
resource "terraform_data" "prepared" {
  for_each = var.hosts
  triggers_replace = {
    release      = var.release
    install      = var.install
    roles        = sort(tolist(each.value.roles))
    program      = local.program_hashes[each.value.architecture]
    files        = { for path, base64 in local.files[each.key] : path => sha256(base64) }
    certificates = local.certificates[each.key]
  }

  lifecycle {
    precondition {
      condition     = local.program_hashes[each.value.architecture] != ""
      error_message = "${each.key}: there is no ${local.programs[each.value.architecture]}. Of Causeway ${var.dist} has ${length(local.available) == 0 ? "nothing: npm run build:${var.install == "packages" ? "deb" : "bin"} makes it" : "release ${join(", ", local.available)}"}."
    }
    precondition {
      condition     = alltrue([for path, base64 in local.files[each.key] : base64 != ""])
      error_message = "${each.key}: not there: ${join(", ", [for path, base64 in local.files[each.key] : "${var.dist}/deb/${basename(path)}" if base64 == ""])}. npm run build:deb makes it."
    }
    precondition {
      condition     = alltrue([for file in module.configuration.bundle_files[each.key] : contains(keys(local.certificates[each.key]), file)])
      error_message = "${each.key}: its bundle lacks ${join(", ", [for file in module.configuration.bundle_files[each.key] : "${local.bundles}/${each.key}/${file}" if !contains(keys(local.certificates[each.key]), file)])}. Make it with causeway pki bundle ${each.key} ${join(" ", [for role in each.value.roles : "${role}/${var.site}/${each.key}"])} …, or with the module pki."
    }
    precondition {
      condition     = each.value.host_key == null ? var.ssh_believe_any_host : trimspace(each.value.host_key) != "" || var.ssh_believe_any_host
      error_message = "${each.key}: host_key is not given, and keys would be sent to whoever answers at its address. Read it on the host itself (cat /etc/ssh/ssh_host_*_key.pub, all of it), or set ssh_believe_any_host."
    }
  }

  connection {
    type         = "ssh"
    host         = local.connections[each.key].host
    port         = local.connections[each.key].port
    user         = local.connections[each.key].user
    private_key  = local.connections[each.key].key_file == null ? null : file(local.connections[each.key].key_file)
    agent        = local.connections[each.key].key_file == null
    host_key     = local.connections[each.key].host_key
    bastion_host = local.connections[each.key].bastion
    timeout      = "${local.connections[each.key].timeout}s"
    script_path  = "/tmp/causeway-terraform-%RAND%.sh"
  }

  # For its user's eyes alone, before the first key comes.
  provisioner "remote-exec" {
    inline = ["set -e; umask 077; cd; rm -rf .causeway-terraform; mkdir -p .causeway-terraform/bundle"]
  }
  provisioner "file" {
    source      = "${path.module}/host.sh"
    destination = ".causeway-terraform/host.sh"
  }
  provisioner "remote-exec" {
    inline = ["cd; sh .causeway-terraform/host.sh check ${each.key} ${var.install} ${each.value.architecture} ${join(" ", each.value.roles)}"]
  }
  provisioner "file" {
    content     = local.unpack[each.key]
    destination = ".causeway-terraform/unpack.sh"
  }
  provisioner "file" {
    source      = local.programs[each.value.architecture]
    destination = ".causeway-terraform/program"
  }
  provisioner "file" {
    source      = "${local.bundle_folders[each.key]}/"
    destination = ".causeway-terraform/bundle"
  }
  provisioner "remote-exec" {
    inline = ["cd .causeway-terraform && sh unpack.sh && echo '${local.program_hashes[each.value.architecture]}  program' | sha256sum --check --status && touch complete"]
  }
}

# What undoes a role when it, its host or all goes: directors first, coordinators last.
module "coordinator" {
  source      = "./role"
  role        = "coordinator"
  connections = { for name, host in var.hosts : name => local.connections[name] if contains(host.roles, "coordinator") }
}
module "real_server" {
  source      = "./role"
  role        = "realserver"
  connections = { for name, host in var.hosts : name => local.connections[name] if contains(host.roles, "realserver") }
  depends_on  = [module.coordinator]
}
module "director" {
  source      = "./role"
  role        = "director"
  connections = { for name, host in var.hosts : name => local.connections[name] if contains(host.roles, "director") }
  depends_on  = [module.real_server]
}

module "coordinators" {
  source      = "./wave"
  site        = var.site
  connections = local.connections
  hosts       = { for name, host in local.coordinators : name => { roles = host.roles, health = local.health[name], prepared = terraform_data.prepared[name].id } }
  release     = var.release
  install     = var.install
  depends_on  = [terraform_data.prepared, module.director]
}
module "real_servers" {
  source      = "./wave"
  site        = var.site
  connections = local.connections
  hosts       = { for name, host in local.real_servers : name => { roles = host.roles, health = local.health[name], prepared = terraform_data.prepared[name].id } }
  release     = var.release
  install     = var.install
  depends_on  = [module.coordinators]
}
module "directors" {
  source      = "./wave"
  site        = var.site
  connections = local.connections
  hosts       = { for name, host in local.directors : name => { roles = host.roles, health = local.health[name], prepared = terraform_data.prepared[name].id } }
  release     = var.release
  install     = var.install
  depends_on  = [module.real_servers]
}
