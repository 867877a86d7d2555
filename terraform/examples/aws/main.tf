# One site in a VPC of AWS: a director with a coordinator, and real servers. Not tried against AWS itself; README.md says what of it matters.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

locals {
  director     = cidrhost(data.aws_subnet.this.cidr_block, 10)
  real_servers = { for n in range(var.real_servers) : "${var.site}-r${n + 1}" => cidrhost(data.aws_subnet.this.cidr_block, 20 + n) }
}

data "aws_subnet" "this" {
  id = var.subnet
}

data "aws_ami" "debian" {
  most_recent = true
  # Debian's own account; the image with the whole cloud kernel, which has ip_vs, ipip and ip_gre.
  owners = ["136693071363"]
  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
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
resource "aws_security_group" "director" {
  name   = "causeway-${var.site}-director"
  vpc_id = data.aws_subnet.this.vpc_id
}
resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = { for pair in setproduct(var.clients, var.ports) : "${pair[0]} ${pair[1]}" => pair }
  security_group_id = aws_security_group.director.id
  cidr_ipv4         = each.value[0]
  ip_protocol       = "tcp"
  from_port         = each.value[1]
  to_port           = each.value[1]
}
resource "aws_vpc_security_group_ingress_rule" "coordinator" {
  for_each          = toset(var.networks)
  security_group_id = aws_security_group.director.id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 7400
  to_port           = 7400
}
# From the VIP as a source, not from a security group: a group matches addresses of interfaces, and the VIP is none.
resource "aws_vpc_security_group_ingress_rule" "probe_replies" {
  for_each          = toset(["tcp", "udp"])
  security_group_id = aws_security_group.director.id
  cidr_ipv4         = "${var.vip}/32"
  ip_protocol       = each.value
  from_port         = 0
  to_port           = 65535
}

# What reaches real servers: tunnels alone. IPIP is protocol 4, GRE 47; GUE is UDP 6080.
resource "aws_security_group" "real_server" {
  name   = "causeway-${var.site}-real-server"
  vpc_id = data.aws_subnet.this.vpc_id
}
resource "aws_vpc_security_group_ingress_rule" "tunnels" {
  for_each          = { for pair in setproduct(concat(["${local.director}/32"], var.other_directors), ["4", "47"]) : "${pair[0]} ${pair[1]}" => pair }
  security_group_id = aws_security_group.real_server.id
  cidr_ipv4         = each.value[0]
  ip_protocol       = each.value[1]
}
# Path MTU discovery: fragmentation needed.
resource "aws_vpc_security_group_ingress_rule" "fragmentation_needed" {
  for_each          = { director = aws_security_group.director.id, real_server = aws_security_group.real_server.id }
  security_group_id = each.value
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "icmp"
  from_port         = 3
  to_port           = 4
}
# Everything out: replies leave a real server with the VIP as their source, on a connection that its group has never seen come in.
resource "aws_vpc_security_group_egress_rule" "all" {
  for_each          = { director = aws_security_group.director.id, real_server = aws_security_group.real_server.id }
  security_group_id = each.value
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_instance" "director" {
  ami                    = data.aws_ami.debian.id
  instance_type          = var.instance_type
  subnet_id              = var.subnet
  private_ip             = local.director
  vpc_security_group_ids = [aws_security_group.director.id]
  iam_instance_profile   = var.instance_profile
  # Packets for the VIP, which is no address of this interface, are dropped otherwise.
  source_dest_check = false
  user_data         = module.user_data.cloud_config["${var.site}-d1"]
  metadata_options {
    http_tokens = "required"
  }
  tags = { Name = "${var.site}-d1" }
}

resource "aws_instance" "real_server" {
  for_each               = local.real_servers
  ami                    = data.aws_ami.debian.id
  instance_type          = var.instance_type
  subnet_id              = var.subnet
  private_ip             = each.value
  vpc_security_group_ids = [aws_security_group.real_server.id]
  iam_instance_profile   = var.instance_profile
  # Replies have the VIP as their source, which is no address of this interface: they are dropped otherwise.
  source_dest_check = false
  user_data         = module.user_data.cloud_config[each.key]
  metadata_options {
    http_tokens = "required"
  }
  tags = { Name = each.key }
}

# Where the VIP is: at the director, for all who use this route table. It lies outside of the VPC's own networks.
resource "aws_route" "vip" {
  for_each               = toset(var.route_tables)
  route_table_id         = each.value
  destination_cidr_block = "${var.vip}/32"
  network_interface_id   = aws_instance.director.primary_network_interface_id
}
