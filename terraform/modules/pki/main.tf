# Keys are made by `causeway pki` on the machine that runs Terraform, and stay in files there. Terraform knows their folder's name.
locals {
  coordinators = distinct(flatten([for host in var.hosts : host.coordinators]))
  # Words are checked by the variables, so that none says anything to the shell.
  bundles = concat(
    [for name, host in var.hosts : join(" ", concat(
      ["bundle", name],
      [for role in host.roles : "${role}/${host.site}/${name}"],
      ["--address", host.address],
      length(host.coordinators) == 0 ? [] : ["--coordinators", join(",", host.coordinators)],
      host.issuer == null ? [] : ["--issuer", host.issuer],
    ))],
    [for name in var.admins : join(" ", concat(
      ["bundle", "admin-${name}", "admin/${name}"],
      length(local.coordinators) == 0 ? [] : ["--coordinators", join(",", local.coordinators)],
    ))],
  )
}

resource "terraform_data" "bundles" {
  input            = abspath("${var.folder}/bundles")
  triggers_replace = { bundles = local.bundles, renewal = var.renewal, domain = var.domain }

  # One after the other, since there is one CA. What is good is kept, so that each may be done again.
  provisioner "local-exec" {
    command = join("\n", concat(
      [
        "set -eu; umask 077",
        "pki() { '${var.causeway}' pki \"$@\" --dir '${var.folder}'; }",
        "command -v '${var.causeway}' >/dev/null || { echo 'there is no ${var.causeway} here: install the package causeway, or set the variable causeway' >&2; exit 1; }",
        "[ -e '${var.folder}/ca.key' ] || pki init --domain '${var.domain}'",
      ],
      var.renewal == "" ? [] : ["pki renew"],
      [for words in local.bundles : "pki ${words}"],
    ))
  }
}
