# The configuration files of each host, as the programs read them. Nothing of it is secret.
locals {
  # As terraform/modules/site and cloud-init place what `causeway pki bundle` makes.
  place = "/etc/causeway"
  ports = { coordinator = 7480, director = 7481, realserver = 7482 }

  agents = {
    for name, host in var.hosts : name => {
      address      = host.address
      coordinators = var.coordinators
    }
  }
  # By host and role; what is null is left out, so that the program's own default counts.
  own = {
    for name, host in var.hosts : name => {
      coordinator = {
        listen    = host.listen
        advertise = host.advertise
        audit     = host.audit
        etcd      = length(var.etcd) == 0 ? null : var.etcd
        etcdCa    = var.etcd_ca
        etcdCert  = var.etcd_cert
        etcdKey   = var.etcd_key
      }
      director = local.agents[name]
      realserver = merge(local.agents[name], {
        labels    = length(host.labels) == 0 ? null : host.labels
        capacity  = host.capacity
        dedicated = host.dedicated
        loadFile  = host.load_file
      })
    }
  }
  tls = {
    for name, host in var.hosts : name => {
      for role in host.roles : role => {
        for key, value in {
          cert   = "${local.place}/${role}.pem"
          key    = "${local.place}/${role}.key"
          ca     = "${local.place}/ca.pem"
          denied = role == "coordinator" ? "${local.place}/denied" : null
          issuer = role == "coordinator" && host.issuer ? "${local.place}/issuer.pem" : null
        } : key => value if value != null
      }
    }
  }
  settings = {
    for name, host in var.hosts : name => {
      for role in host.roles : role => merge(
        { site = var.site, name = name },
        local.own[name][role],
        {
          http      = host.http_address == null ? null : "${strcontains(host.http_address, ":") ? "[${host.http_address}]" : host.http_address}:${local.ports[role]}"
          httpAllow = length(var.http_allow) == 0 ? null : var.http_allow
          logLevel  = var.log_level
          insecure  = var.insecure ? true : null
          tls       = var.insecure ? null : local.tls[name][role]
        },
      )
    }
  }
}
