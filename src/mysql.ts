/** What the role mysql and resources like it know of database servers: `foobar-deploy/mysql`. */

export { type MysqlDialect, mysqlDialect } from './resources/mysql/dialect.ts'
export { transactionsBeyond } from './resources/mysql/gtid-set.ts'
