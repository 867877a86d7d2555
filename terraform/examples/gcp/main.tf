# One site in a VPC network of Google Cloud: a director with a coordinator, and real servers. Not tried against Google Cloud itself; README.md
# says what of it matters.
terraform {
  required_version = ">= 1.9"
  required_providers {
    google = { source = "hashicorp/google", version = ">= 5.0" }
  }
}

locals {
  director     = cidrhost(var.subnet_cidr, 10)
  real_servers = { for n in range(var.real_servers) : "${var.site}-r${n + 1}" => cidrhost(var.subnet_cidr, 20 + n) }
}

module "user_data" {
  source          = "../../modules/cloud-init"
  site            = var.site
  coordinators    = concat([local.director], var.other_coordinators)
  downloads       = var.downloads
  bundle_commands = var.bundle_commands
  hosts = merge(
    { "${var.site}-d1" = { address = local.director, roles = ["coordinator", "director"] } },
    { for name, address in local.real_servers : name => { address = address, roles = ["realserver"], labels = var.labels } },
  )
}

# What reaches directors: clients for the VIP, agents for the coordinator, and replies to probes, whose source is the VIP.
resource "google_compute_firewall" "clients" {
  project       = var.project
  name          = "causeway-${var.site}-clients"
  network       = var.network
  source_ranges = var.clients
  target_tags   = ["causeway-director"]
  allow {
    protocol = "tcp"
    ports    = [for port in var.ports : tostring(port)]
  }
}
resource "google_compute_firewall" "coordinator" {
  project       = var.project
  name          = "causeway-${var.site}-coordinator"
  network       = var.network
  source_ranges = var.networks
  target_tags   = ["causeway-director"]
  allow {
    protocol = "tcp"
    ports    = ["7400"]
  }
}
# By the VIP as a source, not by a tag: a tag matches an instance's own addresses, and the VIP is none.
resource "google_compute_firewall" "probe_replies" {
  project       = var.project
  name          = "causeway-${var.site}-probe-replies"
  network       = var.network
  source_ranges = ["${var.vip}/32"]
  target_tags   = ["causeway-director"]
  allow {
    protocol = "tcp"
  }
  allow {
    protocol = "udp"
  }
}
# What reaches real servers: tunnels alone. IPIP is protocol 4, GRE 47; GUE is UDP 6080.
resource "google_compute_firewall" "tunnels" {
  project       = var.project
  name          = "causeway-${var.site}-tunnels"
  network       = var.network
  source_ranges = concat(["${local.director}/32"], var.other_directors)
  target_tags   = ["causeway-real-server"]
  allow {
    protocol = "4"
  }
  allow {
    protocol = "47"
  }
}
# Path MTU discovery.
resource "google_compute_firewall" "icmp" {
  project       = var.project
  name          = "causeway-${var.site}-icmp"
  network       = var.network
  source_ranges = ["0.0.0.0/0"]
  target_tags   = ["causeway-director", "causeway-real-server"]
  allow {
    protocol = "icmp"
  }
}

resource "google_compute_instance" "host" {
  for_each     = merge({ "${var.site}-d1" = local.director }, local.real_servers)
  project      = var.project
  name         = each.key
  zone         = var.zone
  machine_type = var.machine_type
  tags         = [each.value == local.director ? "causeway-director" : "causeway-real-server"]
  # A director takes packets for the VIP, a real server sends with it as a source: neither is an address of the instance.
  can_ip_forward = true

  boot_disk {
    initialize_params {
      # Google's images of Debian have no cloud-init; Ubuntu's do.
      image = "ubuntu-os-cloud/ubuntu-2404-lts-amd64"
    }
  }
  network_interface {
    subnetwork = var.subnet
    network_ip = each.value
  }
  metadata = {
    user-data = module.user_data.cloud_config[each.key]
  }
  service_account {
    email  = var.service_account
    scopes = ["cloud-platform"]
  }
}

# Where the VIP is: at the director, for the whole network.
resource "google_compute_route" "vip" {
  project                = var.project
  name                   = "causeway-${var.site}-vip"
  network                = var.network
  dest_range             = "${var.vip}/32"
  next_hop_instance      = google_compute_instance.host["${var.site}-d1"].self_link
  next_hop_instance_zone = var.zone
}
