output "files" {
  description = "By host, then by role: the text of /etc/causeway/ROLE.yaml."
  value = {
    for name, roles in local.settings : name => {
      for role, settings in roles : role => format(
        "# Written by Terraform; causeway-%s --help lists every key.\n%s",
        role,
        yamlencode({ for key, value in settings : key => value if value != null }),
      )
    }
  }
}

output "bundle_files" {
  description = "By host: the files that `causeway pki bundle` makes for it and that its configuration names, without folders."
  value = {
    for name, host in var.hosts : name => var.insecure ? [] : concat(
      ["ca.pem"],
      flatten([for role in host.roles : ["${role}.pem", "${role}.key"]]),
      contains(host.roles, "coordinator") ? ["denied"] : [],
      contains(host.roles, "coordinator") && host.issuer ? ["issuer.pem"] : [],
    )
  }
}
